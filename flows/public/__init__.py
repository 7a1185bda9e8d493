"""What the public reaches: the search, platforms' callbacks and, where no web server stands before it, the site's files.

A process of its own. It knows the settings, the site's folder and its search index, and of the credentials the tokens of
the callbacks alone; it writes nothing but the inbox of those. The ledger, the keys and Prefect it never opens.
"""
