package io.github.etcdspring.console;

import java.util.NoSuchElementException;

import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdInstanceException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Problem details (RFC 9457) of failed requests.
 */
final class Problems {

	private static final Log logger = LogFactory.getLog(Problems.class);

	private Problems() {
	}

	static ServerResponse response(Throwable failure, ServerRequest request) {
		String message = String.valueOf(failure.getMessage());
		if (failure instanceof RefusedException) {
			return response(HttpStatus.FORBIDDEN, message);
		}
		if (failure instanceof EtcdConfigConflictException) {
			return response(HttpStatus.CONFLICT, message);
		}
		if (failure instanceof EtcdConfigException || failure instanceof EtcdInstanceException) {
			return response(status(failure.getCause()), message);
		}
		if (failure instanceof NotReadyException) {
			return response(HttpStatus.SERVICE_UNAVAILABLE, message);
		}
		if (failure instanceof NoSuchElementException) {
			return response(HttpStatus.NOT_FOUND, message);
		}
		if (failure instanceof IllegalArgumentException) {
			return response(HttpStatus.BAD_REQUEST, message);
		}
		if (failure instanceof HttpMessageNotReadableException) {
			// its message contains the values of the request
			return response(HttpStatus.BAD_REQUEST, "The body of the request is not the expected JSON");
		}
		if (failure instanceof HttpMediaTypeNotSupportedException) {
			return response(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "The content type must be application/json");
		}
		logger.error("Failed to handle a request of the etcd console: " + request.method() + " " + request.path(),
				failure);
		return response(HttpStatus.INTERNAL_SERVER_ERROR,
				"The request failed; the log of the application has the" + " cause");
	}

	/**
	 * Return the status for a failed operation.
	 * @param cause its cause, {@code null} if etcd has answered but its state does not
	 * permit the operation
	 */
	private static HttpStatus status(@Nullable Throwable cause) {
		if (cause == null) {
			return HttpStatus.CONFLICT;
		}
		if (cause instanceof EtcdRequestException failure) {
			return switch (failure.reason()) {
				case PERMISSION_DENIED -> HttpStatus.FORBIDDEN;
				case REVISION_GONE -> HttpStatus.GONE;
				default -> HttpStatus.BAD_GATEWAY;
			};
		}
		return HttpStatus.BAD_GATEWAY;
	}

	static ServerResponse response(HttpStatus status, String detail) {
		return ServerResponse.status(status)
			.cacheControl(CacheControl.noStore())
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.body(ProblemDetail.forStatusAndDetail(status, detail));
	}

}
