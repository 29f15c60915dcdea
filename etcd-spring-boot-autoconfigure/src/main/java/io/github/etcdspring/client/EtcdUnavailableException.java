package io.github.etcdspring.client;

/**
 * Thrown on startup when etcd is unavailable and the application requires it.
 *
 * @since 0.1.0
 */
public final class EtcdUnavailableException extends RuntimeException {

	private final String problem;

	private final String explanation;

	private final String startupWorkaround;

	/**
	 * Create an exception.
	 * @param problem the operation that failed, as a sentence
	 * @param explanation endpoint, cause and remedy, without credentials
	 * @param startupWorkaround property that lets the application start without etcd,
	 * with its value
	 */
	public EtcdUnavailableException(String problem, String explanation, String startupWorkaround) {
		super(problem + " " + explanation);
		this.problem = problem;
		this.explanation = explanation;
		this.startupWorkaround = startupWorkaround;
	}

	/**
	 * Return the operation that failed.
	 * @return a sentence
	 */
	public String getProblem() {
		return this.problem;
	}

	/**
	 * Return endpoint, cause and remedy.
	 * @return the text, without credentials
	 */
	public String getExplanation() {
		return this.explanation;
	}

	/**
	 * Return how to start the application without etcd.
	 * @return a property with its value
	 */
	public String getStartupWorkaround() {
		return this.startupWorkaround;
	}

}
