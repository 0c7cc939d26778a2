"""Programs for those who work on fourfold."""
