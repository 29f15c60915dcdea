package io.github.etcdspring.loadbalancer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import javax.net.ssl.SSLHandshakeException;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.coyote.BadRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.web.client.ResourceAccessException;

import static org.assertj.core.api.Assertions.assertThat;

class CallFailureTests {

	static Stream<Exception> neverSent() {
		return Stream.of(new ConnectException("Connection refused"), new NoRouteToHostException("No route to host"),
				new UnknownHostException("orders-1"), new UnresolvedAddressException(),
				new HttpConnectTimeoutException("HTTP connect timed out"),
				new SocketTimeoutException("Connect timed out"), new ConnectTimeoutException("connection timed out"),
				new SSLHandshakeException("unable to find valid certification path"));
	}

	static Stream<Exception> lost() {
		return Stream.of(new SocketException("Connection reset"), new EOFException("EOF reached while reading"),
				new ClosedChannelException(), new IOException("HTTP/1.1 header parser received no bytes"));
	}

	static Stream<Exception> late() {
		return Stream.of(new SocketTimeoutException("Read timed out"), new HttpTimeoutException("request timed out"),
				new TimeoutException("Did not observe any item"), ReadTimeoutException.INSTANCE,
				new Gateway.TimeoutException());
	}

	static Stream<Exception> unrelated() {
		return Stream.of(new IllegalStateException("open circuit"), new InterruptedIOException("cancelled"),
				new ClosedByInterruptException(), new InterruptedException(),
				new ClientAbortException(new EOFException()),
				new ClientAbortException(new SocketTimeoutException("Read timed out")),
				new BadRequestException("Invalid chunk header"));
	}

	@ParameterizedTest
	@MethodSource("neverSent")
	void failedConnectionMeansThatTheRequestWasNeverSent(Exception exception) {
		assertThat(CallFailure.of(exception)).isEqualTo(CallFailure.NOT_CONNECTED);
		assertThat(CallFailure.of(wrapped(exception))).isEqualTo(CallFailure.NOT_CONNECTED);
	}

	@ParameterizedTest
	@MethodSource("lost")
	void lostConnectionMayHaveCarriedTheRequest(Exception exception) {
		assertThat(CallFailure.of(exception)).isEqualTo(CallFailure.CONNECTION_LOST);
		assertThat(CallFailure.of(wrapped(exception))).isEqualTo(CallFailure.CONNECTION_LOST);
	}

	@ParameterizedTest
	@MethodSource("late")
	void missingAnswerIsAReadTimeout(Exception exception) {
		assertThat(CallFailure.of(exception)).isEqualTo(CallFailure.READ_TIMEOUT);
		assertThat(CallFailure.of(wrapped(exception))).isEqualTo(CallFailure.READ_TIMEOUT);
	}

	@ParameterizedTest
	@MethodSource("unrelated")
	void otherExceptionsSayNothingAboutTheInstance(Exception exception) {
		assertThat(CallFailure.of(exception)).isNull();
		assertThat(CallFailure.of(new IllegalStateException(exception))).isNull();
	}

	@Test
	void circularCausesEnd() {
		IOException one = new IOException("one");
		IOException two = new IOException("two", one);
		one.initCause(two);
		assertThat(CallFailure.of(one)).isEqualTo(CallFailure.CONNECTION_LOST);
	}

	/** As RestClient and WebClient do. */
	private static Exception wrapped(Exception exception) {
		return new ResourceAccessException("I/O error on GET request", new IOException(exception));
	}

	/**
	 * Stands for the types of Spring Cloud Gateway, which is not on the class path.
	 */
	private static final class Gateway {

		/**
		 * The exception of a route's response timeout.
		 */
		private static final class TimeoutException extends Exception {

		}

	}

}
