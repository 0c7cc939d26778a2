"""What exists: values, resources, nodes, and the graph. Knows no format, no check and no output."""
