"""One module per output. The only place, with faces, that knows JSON, SARIF or HTML."""
