"""Orders from Excel and CSV files: headings mapped to columns, lines put together to orders, entered chunk by chunk."""
