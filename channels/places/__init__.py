"""Places of others that files are carried to: a folder of this machine, SFTP, S3, WebDAV. A site's mirror and the delivery
of copy to partners both speak with them."""

from channels.places.target import Address, Described, Seen, Target, address_of, open_target

__all__ = ["Address", "Described", "Seen", "Target", "address_of", "open_target"]
