"""The configuration: settings models, the file they are read from, and environment variables with secrets."""
