"""How people and programs reach fourfold: thin, they know pipeline and reports only."""
