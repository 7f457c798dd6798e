"""On `PYTHONPATH`: no connection leaves this machine, from this process or a child of it.

Python imports it at its start. A refused connection raises `OSError`, as it would on a machine
without a network, and is written down in the file `MTLKIT_REFUSED` names, because a caller may
well catch the error.
"""

import ipaddress
import os
import socket

_LOCAL_NAMES = {"localhost", "", None, socket.gethostname()}


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(host: object) -> None:
    if log := os.environ.get("MTLKIT_REFUSED"):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{host}\n")
    raise OSError(f"the test blocks the network: no connection to {host}")


def _check(self: socket.socket, address: object) -> None:
    internet = self.family in (socket.AF_INET, socket.AF_INET6)
    if internet and isinstance(address, tuple) and not _is_local(address[0]):
        _refuse(address[0])


_getaddrinfo = socket.getaddrinfo


class _Socket(socket.socket):
    def connect(self, address):
        _check(self, address)
        return super().connect(address)

    def connect_ex(self, address):
        _check(self, address)
        return super().connect_ex(address)

    def sendto(self, data, *rest):
        _check(self, rest[-1])
        return super().sendto(data, *rest)


def _local_addresses(host, *arguments, **options):
    if not _is_local(host):
        _refuse(host)
    return _getaddrinfo(host, *arguments, **options)


socket.socket = _Socket
socket.getaddrinfo = _local_addresses
