package io.github.etcdspring.client;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * Proxy of the JVM, as set by {@code https.proxyHost}. gRPC uses it only for targets that
 * are resolved by DNS, unless {@code http.nonProxyHosts} contains the host.
 */
final class JvmProxy {

	private JvmProxy() {
	}

	/**
	 * Return the proxy that gRPC uses for an address.
	 * @param address a client URL or a target
	 * @return the proxy as host and port, {@code null} if gRPC connects directly
	 */
	static @Nullable String of(String address) {
		ProxySelector selector = ProxySelector.getDefault();
		String host = host(address);
		if (selector == null || host == null) {
			return null;
		}
		try {
			Proxy proxy = selector.select(URI.create("https://" + host)).get(0);
			return (proxy.address() instanceof InetSocketAddress at) ? at.getHostString() + ":" + at.getPort() : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/**
	 * Explain that the proxy cannot connect to an address, with a remedy.
	 * @param proxy the proxy
	 * @param address the target
	 * @param reason why there is no connection
	 * @return the explanation
	 */
	static String remedy(String proxy, String address, @Nullable String reason) {
		String host = String.valueOf(host(address)).replaceFirst(":\\d+$", "");
		return "the JVM proxy " + proxy + " cannot connect to it (" + reason
				+ "). Bypass the proxy with -Dhttp.nonProxyHosts=" + host
				+ ", or list the members in spring.cloud.etcd.endpoints, which do not use the proxy";
	}

	/** A target without a scheme is also resolved by DNS. */
	private static @Nullable String host(String address) {
		if (!address.contains(":/")) {
			return address;
		}
		return (address.startsWith("dns:")) ? address.substring(address.lastIndexOf('/') + 1) : null;
	}

}
