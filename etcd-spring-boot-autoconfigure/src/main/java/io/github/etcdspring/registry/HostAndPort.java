package io.github.etcdspring.registry;

/**
 * Address such as {@code 10.0.0.7:8080} or {@code [::1]:8080}.
 */
record HostAndPort(String host, int port) {

	static HostAndPort parse(String address) {
		int colon = address.lastIndexOf(':');
		String host = (colon > 0) ? address.substring(0, colon) : "";
		boolean bracketed = host.startsWith("[") && host.endsWith("]");
		if (bracketed) {
			host = host.substring(1, host.length() - 1);
		}
		if (host.isEmpty() || (host.indexOf(':') >= 0 && !bracketed)) {
			throw new IllegalArgumentException("address must have the form host:port");
		}
		return new HostAndPort(host, port(address.substring(colon + 1)));
	}

	static int port(String port) {
		try {
			int number = Integer.parseInt(port.trim());
			if (number < 1) {
				throw new IllegalArgumentException("port must be between 1 and 65535");
			}
			return number;
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("port must be a number");
		}
	}

}
