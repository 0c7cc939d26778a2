"""How people and programs meet fourfold. Thin: they know the pipeline and the reports only."""
