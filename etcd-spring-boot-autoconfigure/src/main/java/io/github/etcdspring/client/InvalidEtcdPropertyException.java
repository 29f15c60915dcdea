package io.github.etcdspring.client;

/**
 * Thrown when a property has an invalid value that may contain credentials. The failure
 * analysis of Spring Boot's own exception would print the value in full. Internal: public
 * only for the configuration import.
 */
public final class InvalidEtcdPropertyException extends RuntimeException {

	private final String property;

	private final String value;

	private final String reason;

	private final String action;

	/**
	 * Create an exception.
	 * @param property the name of the property
	 * @param value the part of its value to print, without credentials
	 * @param reason why it is invalid, as a sentence
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
