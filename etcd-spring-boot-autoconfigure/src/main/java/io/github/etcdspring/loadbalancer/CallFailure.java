package io.github.etcdspring.loadbalancer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;

import javax.net.ssl.SSLHandshakeException;

import org.jspecify.annotations.Nullable;

/**
 * Type of failure of a call, as far as it indicates the health of the called instance.
 */
enum CallFailure {

	/** No connection could be opened: the request was never sent. */
	NOT_CONNECTED("connection failed"),

	/** The connection was lost before an answer: the request may have been processed. */
	CONNECTION_LOST("connection lost before an answer"),

	/** There was no answer in time: the instance may only be slow. */
	READ_TIMEOUT("read timeout");

	/** Limit for circular causes. */
	private static final int MAX_CAUSES = 16;

	private final String text;

	CallFailure(String text) {
		this.text = text;
	}

	/**
	 * Classifies an exception of an HTTP client, whichever client it is.
	 * @param exception what the call ended with
	 * @return the failure, or {@code null} if the exception says nothing about the
	 * instance
	 */
	static @Nullable CallFailure of(@Nullable Throwable exception) {
		Throwable cause = exception;
		CallFailure found = null;
		for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
			if (isConnectFailure(cause)) {
				return NOT_CONNECTED;
			}
			if (cause instanceof ClosedByInterruptException || cause instanceof InterruptedException
					|| isOfCaller(cause)) {
				return null;
			}
			if (isReadTimeout(cause)) {
				found = READ_TIMEOUT;
			}
			else if (cause instanceof InterruptedIOException) {
				return null;
			}
			else if (found == null && isConnectionLoss(cause)) {
				found = CONNECTION_LOST;
			}
			cause = cause.getCause();
		}
		return found;
	}

	private static boolean isConnectFailure(Throwable cause) {
		return cause instanceof ConnectException || cause instanceof NoRouteToHostException
				|| cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException
				|| cause instanceof HttpConnectTimeoutException || cause instanceof SSLHandshakeException
				// Of Apache HttpClient and Netty, which need not be there
				|| cause.getClass().getSimpleName().equals("ConnectTimeoutException")
				|| (cause instanceof SocketTimeoutException && message(cause).contains("connect timed out"));
	}

	/**
	 * The body of a request that this application received cannot be read to pass it on,
	 * for example because its client has aborted the upload. Thrown by Tomcat, which need
	 * not be there.
	 */
	private static boolean isOfCaller(Throwable cause) {
		String type = cause.getClass().getName();
		return type.startsWith("org.apache.catalina.") || type.startsWith("org.apache.coyote.");
	}

	private static boolean isReadTimeout(Throwable cause) {
		return cause instanceof SocketTimeoutException || cause instanceof HttpTimeoutException
		// Of the JDK, and of Spring Cloud Gateway, which need not be there
				|| cause.getClass().getSimpleName().equals("TimeoutException")
				// Of Netty
				|| cause.getClass().getSimpleName().equals("ReadTimeoutException");
	}

	/**
	 * An HTTP client throws it where there is no answer; errors of an answer's content
	 * are thrown later.
	 */
	private static boolean isConnectionLoss(Throwable cause) {
		return cause instanceof IOException;
	}

	private static String message(Throwable cause) {
		return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
	}

	String text() {
		return this.text;
	}

}
