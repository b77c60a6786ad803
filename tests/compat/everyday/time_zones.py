"""tzdata and certifi: data files that others look up, by importlib.resources and by path; metadata."""

import datetime
import importlib.metadata
import ssl
import zoneinfo

import certifi

zoneinfo.reset_tzpath(())  # not the host's
paris = zoneinfo.ZoneInfo("Europe/Paris")
assert datetime.datetime(2024, 7, 1, tzinfo=paris).utcoffset() == datetime.timedelta(hours=2)
assert "America/Argentina/Ushuaia" in zoneinfo.available_timezones()
assert importlib.metadata.version("tzdata").startswith("20")

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(certifi.where())
assert len(context.get_ca_certs()) > 100
print("OK")
