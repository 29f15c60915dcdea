package io.github.etcdspring.client;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdExceptionFactory;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdRequestException}.
 */
class EtcdRequestExceptionTests {

	@ParameterizedTest
	@CsvSource({ "UNAVAILABLE,etcdserver: no leader,UNAVAILABLE", "UNAVAILABLE,,UNAVAILABLE",
			"DEADLINE_EXCEEDED,,TIMEOUT",
			"INVALID_ARGUMENT,'etcdserver: authentication failed, invalid user ID',BAD_CREDENTIALS",
			"FAILED_PRECONDITION,etcdserver: authentication is not enabled,AUTHENTICATION_DISABLED",
			"UNAUTHENTICATED,etcdserver: invalid auth token,UNAUTHENTICATED",
			"CANCELLED,etcdserver: invalid auth token,UNAUTHENTICATED",
			"INVALID_ARGUMENT,etcdserver: user name is empty,UNAUTHENTICATED",
			"INVALID_ARGUMENT,etcdserver: revision of auth store is old,UNAUTHENTICATED",
			"INTERNAL,etcd server failed to create watch id,UNAUTHENTICATED",
			"PERMISSION_DENIED,etcdserver: permission denied,PERMISSION_DENIED",
			"CANCELLED,'rpc error: code = PermissionDenied desc = etcdserver: permission denied',PERMISSION_DENIED",
			"NOT_FOUND,etcdserver: requested lease not found,NOT_FOUND",
			"OUT_OF_RANGE,etcdserver: mvcc: required revision has been compacted,REVISION_GONE",
			"RESOURCE_EXHAUSTED,gRPC message exceeds maximum size,TOO_LARGE",
			"INVALID_ARGUMENT,etcdserver: request is too large,TOO_LARGE", "UNIMPLEMENTED,unknown service,NOT_ETCD",
			"UNKNOWN,HTTP status code 200,NOT_ETCD", "UNKNOWN,channel closed,UNAVAILABLE",
			"UNKNOWN,anything else,OTHER", "CANCELLED,,OTHER" })
	void classifiesAllFormsOfAnError(Status.Code code, String description, Reason reason) {
		Status status = code.toStatus().withDescription(description);
		assertThat(reason(status.asRuntimeException())).isEqualTo(reason);
		assertThat(reason(new ExecutionException(status.asRuntimeException()))).isEqualTo(reason);
		assertThat(reason(new CompletionException(EtcdExceptionFactory.toEtcdException(status)))).isEqualTo(reason);
	}

	@Test
	void recognizesCompaction() {
		assertThat(reason(EtcdExceptionFactory.newCompactedException(7))).isEqualTo(Reason.REVISION_GONE);
	}

	/** jetcd reports each failure of its Authenticate call as UNAUTHENTICATED. */
	@ParameterizedTest
	@CsvSource({ "INVALID_ARGUMENT,'etcdserver: authentication failed, invalid user ID',BAD_CREDENTIALS",
			"FAILED_PRECONDITION,etcdserver: authentication is not enabled,AUTHENTICATION_DISABLED",
			"UNAVAILABLE,etcdserver: leader changed,UNAVAILABLE", "DEADLINE_EXCEEDED,,TIMEOUT" })
	void classifiesTheCauseOfAFailedAuthentication(Status.Code code, String description, Reason reason) {
		Status behind = code.toStatus().withDescription(description);
		Status status = Status.UNAUTHENTICATED.withCause(behind.asRuntimeException());
		assertThat(reason(status.asRuntimeException())).isEqualTo(reason);
		assertThat(reason(EtcdExceptionFactory.toEtcdException(status))).isEqualTo(reason);
	}

	@Test
	void classifiesOtherExceptions() {
		assertThat(reason(new CancellationException())).isEqualTo(Reason.OTHER);
		assertThat(reason(new IllegalStateException("test"))).isEqualTo(Reason.OTHER);
		assertThat(EtcdRequestException.of(new IllegalStateException())).hasMessage("IllegalStateException");
		assertThat(EtcdRequestException.of(new ExecutionException(new RejectedExecutionException("Task x rejected"))))
			.hasMessage("the connection is closed");
	}

	@Test
	void messageIsOneLine() {
		assertThat(EtcdRequestException.of(Status.INTERNAL.withDescription("first\nsecond").asRuntimeException()))
			.hasMessage("first");
	}

	@Test
	void returnsTheSameException() {
		EtcdRequestException exception = EtcdRequestException.leaseGone();
		assertThat(EtcdRequestException.of(exception)).isSameAs(exception);
	}

	@Test
	void credentialsPermissionsAndLibrariesRequireIntervention() {
		assertThat(Reason.values())
			.filteredOn((reason) -> new EtcdRequestException(reason, "", null).requiresIntervention())
			.containsExactly(Reason.BAD_CREDENTIALS, Reason.AUTHENTICATION_DISABLED, Reason.UNAUTHENTICATED,
					Reason.PERMISSION_DENIED, Reason.INCOMPATIBLE_LIBRARY);
	}

	@Test
	void retriesDeniedPermissionsSoonerThanCredentials() {
		assertThat(new EtcdRequestException(Reason.PERMISSION_DENIED, "", null).retryDelay()).hasSeconds(5);
		assertThat(Reason.values())
			.filteredOn((reason) -> new EtcdRequestException(reason, "", null).requiresIntervention())
			.filteredOn((reason) -> reason != Reason.PERMISSION_DENIED)
			.allSatisfy((reason) -> assertThat(new EtcdRequestException(reason, "", null).retryDelay()).hasSeconds(30));
	}

	/** The conversion requires that jetcd and gRPC use the same codes. */
	@Test
	void knowsEachCodeOfJetcd() {
		for (ErrorCode code : ErrorCode.values()) {
			assertThat(reason(EtcdExceptionFactory.newEtcdException(code, null))).isNotNull();
		}
	}

	@Test
	@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void circularCausesEnd() {
		IOException one = new IOException("one");
		one.initCause(new IOException("two", one));
		IOException three = new IOException("three");
		three.initCause(Status.UNAUTHENTICATED.withCause(three).asRuntimeException());
		assertThat(reason(one)).isEqualTo(Reason.OTHER);
		assertThat(reason(three)).isEqualTo(Reason.UNAUTHENTICATED);
	}

	private static Reason reason(Throwable failure) {
		return EtcdRequestException.of(failure).reason();
	}

}
