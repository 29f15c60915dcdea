package io.github.etcdspring.benchmarks.load;

/**
 * A fault of one of the called instances.
 */
enum CallFault {

	/** The process is killed; its connections are reset and refused. */
	KILL("`kill -9`", true),

	/** The process is stopped: connections are accepted, but nothing is answered. */
	STOP("`SIGSTOP`", false),

	/** Packets between caller and instance are dropped, those to etcd are not. */
	CUT("network cut", false);

	private final String text;

	private final boolean noticedImmediately;

	CallFault(String text, boolean noticedImmediately) {
		this.text = text;
		this.noticedImmediately = noticedImmediately;
	}

	/**
	 * Return its name in the table.
	 */
	String text() {
		return this.text;
	}

	/**
	 * Return whether a call to the instance fails without a timeout.
	 */
	boolean isNoticedImmediately() {
		return this.noticedImmediately;
	}

}
