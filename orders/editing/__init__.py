"""Orders edited in place while they wait for the audit: what a person asks for, compared with what stands, and saved as one change."""
