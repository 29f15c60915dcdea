package io.github.etcdspring.testsupport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An etcd server and its command line client.
 *
 * @param etcd the path of the server
 * @param etcdctl the path of the command line client
 * @param version the version of the server, such as {@code 3.4.23}
 */
public record EtcdBinary(Path etcd, Path etcdctl, String version) {

	private static final Pattern VERSION = Pattern.compile("etcd Version: (\\S+)");

	/**
	 * Finds etcd: {@code ETCD_BIN}, else on the {@code PATH}, else the package of this
	 * machine's distribution, unpacked into the user's cache without root.
	 * @return the etcd found
	 * @throws IllegalStateException if there is none; the message says how to install it
	 */
	public static EtcdBinary locate() {
		return new EtcdLocator(System.getenv()).find();
	}

	/**
	 * Finds an etcd of a minor version, such as {@code 3.5}: the one of {@link #locate()}
	 * if its version matches, else the package of this or a newer release of Debian.
	 * @param series the minor version
	 * @return the etcd found
	 * @throws IllegalStateException if there is none; the message says how to install it
	 */
	public static EtcdBinary locate(String series) {
		return new EtcdLocator(System.getenv()).find(series);
	}

	static EtcdBinary of(Path etcd, Path etcdctl) {
		Matcher matcher = VERSION.matcher(run(etcd, "--version"));
		if (!matcher.find()) {
			throw new IllegalStateException("Not an etcd executable: " + etcd);
		}
		return new EtcdBinary(etcd, etcdctl, matcher.group(1));
	}

	boolean isOf(String series) {
		return this.version.startsWith(series + ".");
	}

	boolean supportsFlag(String flag) {
		// The help does not list every flag, but unknown ones are rejected.
		try {
			run(this.etcd, flag, "--version");
			return true;
		}
		catch (CommandException ex) {
			return false;
		}
	}

	private static String run(Path etcd, String... arguments) {
		List<String> line = new ArrayList<>(List.of(etcd.toString()));
		line.addAll(List.of(arguments));
		return new Command(line).withoutEnvironment("ETCD_").run();
	}

}
