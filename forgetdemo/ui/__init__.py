"""The page: components around web/*.js, tabs, and the server that opens it to the internet."""
