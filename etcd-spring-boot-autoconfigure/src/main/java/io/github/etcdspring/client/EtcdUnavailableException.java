package io.github.etcdspring.client;

/**
 * The application asked to fail where etcd cannot be used, and it cannot.
 *
 * @since 0.1.0
 */
public final class EtcdUnavailableException extends RuntimeException {

	private final String problem;

	private final String explanation;

	private final String startupWorkaround;

	/**
	 * Create an exception from what was needed and why it was not to be had.
	 * @param problem what could not be done, as a sentence
	 * @param explanation endpoint, cause and remedy, without credentials
	 * @param startupWorkaround property that lets the application start without etcd, with its
	 * value
	 */
	public EtcdUnavailableException(String problem, String explanation, String startupWorkaround) {
		super(problem + " " + explanation);
		this.problem = problem;
		this.explanation = explanation;
		this.startupWorkaround = startupWorkaround;
	}

	/**
	 * What could not be done.
	 * @return a sentence
	 */
	public String getProblem() {
		return this.problem;
	}

	/**
	 * Endpoint, cause and remedy.
	 * @return the text, without credentials
	 */
	public String getExplanation() {
		return this.explanation;
	}

	/**
	 * What lets the application start without etcd.
	 * @return a property with its value
	 */
	public String getStartupWorkaround() {
		return this.startupWorkaround;
	}

}
