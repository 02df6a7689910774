"""The export console: jobs, money and causes, for those who answer for the books. Server-rendered, no build step."""
