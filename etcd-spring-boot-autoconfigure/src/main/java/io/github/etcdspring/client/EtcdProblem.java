package io.github.etcdspring.client;

/**
 * Problem with etcd, explained for operators of the application.
 *
 * @param text one line with endpoint, cause and remedy, without credentials
 * @param requiresIntervention whether it persists until an operator intervenes, so
 * retrying does not help
 */
public record EtcdProblem(String text, boolean requiresIntervention) {

	@Override
	public String toString() {
		return this.text;
	}

}
