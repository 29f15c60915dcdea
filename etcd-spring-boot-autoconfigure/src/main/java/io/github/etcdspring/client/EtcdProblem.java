package io.github.etcdspring.client;

/**
 * What keeps the starter from doing its work, for whoever runs the application.
 *
 * @param text one line with endpoint, cause and remedy, without credentials
 * @param requiresIntervention whether it stays until somebody mends it, so that waiting is of no
 * use
 */
public record EtcdProblem(String text, boolean requiresIntervention) {

	@Override
	public String toString() {
		return this.text;
	}

}
