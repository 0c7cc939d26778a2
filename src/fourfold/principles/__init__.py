"""The four principles and incident readiness: one folder each, one file a check, one `settings.toml` for the rows."""
