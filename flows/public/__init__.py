"""What the public reaches: the search and, where no web server stands before it, the site's files.

A process of its own that only reads. It knows the settings, the site's folder and its search index; the ledger, the
keys, the secrets and Prefect it never opens.
"""
