"""Shared responsibility: who patches, configures and watches what."""
