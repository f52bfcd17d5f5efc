"""Where a parcel leaves and who drives it: coverage, wishes, who can serve, and the least total freight."""
