"""Which requests come from this computer."""

from collections.abc import Mapping

from chat.peers import host_of, is_this_computer, parsed

_FORWARDED = {
    *("forwarded", "via", "client-ip", "true-client-ip", "fastly-client-ip", "incap-client-ip"),
    *("cdn-loop", "do-connecting-ip", "remote-addr", "x-real-ip", "x-real-port", "x-client-ip"),
    *("x-cluster-client-ip", "x-remote-addr", "x-remote-ip", "x-proxyuser-ip", "x-host"),
    *("x-scheme", "x-nginx-proxy", "x-nf-client-connection-ip", "x-cloud-trace-context"),
    *("x-arr-ssl", "x-arr-log-id", "x-sucuri-clientip", "x-varnish", "x-server-name"),
}
_BEGIN_SO = (
    *("x-forwarded", "x-original-", "x-proxy-", "x-azure-", "x-envoy-", "x-amz-cf-", "x-amzn-"),
    *("x-appengine-", "x-vercel-", "x-akamai-", "x-goog-", "x-ms-client-", "x-ngrok-"),
    *("cf-", "fly-", "fastly-", "tailscale-", "akamai-", "ngrok-", "cloudfront-", "x-tailscale-"),
)
"""What proxies, tunnels and content networks add; each of them comes alone, too."""


def is_local(host: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this computer, straight, and for it.

    ``headers`` by lower-case name. A foreign ``Host`` is a page that points its own name here;
    without an address (``host``) it came through a Unix socket, where only proxies ask.
    """
    if any(name in _FORWARDED or name.startswith(_BEGIN_SO) for name in headers):
        return False
    peer = parsed(host or "")
    if peer is None or not peer.is_loopback:
        return False
    return is_this_computer(host_of(headers.get("host", "localhost")))
