package io.github.etcdspring.cli;

/**
 * Exit codes of all commands.
 */
final class ExitCode {

	/** Success, or no difference. */
	static final int OK = 0;

	/** A difference, a conflict, or instances that reject or do not answer. */
	static final int REJECTED = 1;

	/** Invalid arguments, settings or files. */
	static final int USAGE = 2;

	/** etcd is unavailable or refuses the request. */
	static final int FAILURE = 3;

	private ExitCode() {
	}

}
