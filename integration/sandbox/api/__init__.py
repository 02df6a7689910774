"""The sandbox's HTTP API: parsing requests, checking bodies, paging and answers."""
