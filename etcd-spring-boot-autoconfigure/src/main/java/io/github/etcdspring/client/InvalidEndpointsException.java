package io.github.etcdspring.client;

/**
 * The endpoints cannot be used. Not Spring Boot's exception for an invalid value, as its
 * analysis shows the value as it was set, with the credentials in it.
 */
final class InvalidEndpointsException extends RuntimeException {

	private final String value;

	private final String reason;

	InvalidEndpointsException(String value, String reason) {
		super("Property spring.cloud.etcd.endpoints with value '" + value + "' is invalid: " + reason);
		this.value = value;
		this.reason = reason;
	}

	String getValue() {
		return this.value;
	}

	String getReason() {
		return this.reason;
	}

}
