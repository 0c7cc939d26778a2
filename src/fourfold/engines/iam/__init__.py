"""AWS IAM, exactly: documents, one request decided (`spec`), and all requests at once (`symbolic`)."""
