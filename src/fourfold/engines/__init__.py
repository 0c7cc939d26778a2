"""Exact answers with their reasons; engines know no principle."""
