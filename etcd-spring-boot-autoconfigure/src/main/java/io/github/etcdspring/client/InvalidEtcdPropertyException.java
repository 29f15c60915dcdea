package io.github.etcdspring.client;

/**
 * A property has a value that cannot be used and must not be shown whole, as it may
 * contain credentials: the analysis of Spring Boot's own exception shows the value as it
 * was set. Internal: public only for the import.
 */
public final class InvalidEtcdPropertyException extends RuntimeException {

	private final String property;

	private final String value;

	private final String reason;

	private final String action;

	/**
	 * Create an exception.
	 * @param property the name of the property
	 * @param value the part of its value to show, without credentials
	 * @param reason why it cannot be used, as a sentence
	 * @param action what to do, as a sentence, with an example
	 */
	public InvalidEtcdPropertyException(String property, String value, String reason, String action) {
		super("Property " + property + " with value '" + value + "' is invalid: " + reason);
		this.property = property;
		this.value = value;
		this.reason = reason;
		this.action = action;
	}

	String getProperty() {
		return this.property;
	}

	String getValue() {
		return this.value;
	}

	String getReason() {
		return this.reason;
	}

	String getAction() {
		return this.action;
	}

}
