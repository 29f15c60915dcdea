package io.github.etcdspring.config;

import java.util.Arrays;

import io.github.etcdspring.client.Causes;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.util.ClassUtils;

/**
 * Analyzes failures to decrypt with an RSA key because Bouncy Castle is missing. The
 * starter does not depend on it, and Spring Cloud fails with a
 * {@link NullPointerException} or a {@link NoClassDefFoundError} without it.
 */
final class MissingBouncyCastleFailureAnalyzer implements FailureAnalyzer {

	private static final String FACTORY = "org.springframework.cloud.context.encrypt.EncryptorFactory";

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		if (ClassUtils.isPresent("org.bouncycastle.asn1.ASN1Sequence", null)) {
			return null;
		}
		return Causes.of(failure)
			.filter(MissingBouncyCastleFailureAnalyzer::isOfFactory)
			.findFirst()
			.map((cause) -> new FailureAnalysis(
					"Decryption with the RSA key of encrypt.key-store or encrypt.key requires Bouncy Castle,"
							+ " which is not on the class path.",
					"Add the dependency org.springframework.cloud:spring-cloud-starter, which includes it, or use"
							+ " a symmetric key.",
					cause))
			.orElse(null);
	}

	private static boolean isOfFactory(Throwable cause) {
		return Arrays.stream(cause.getStackTrace()).anyMatch((frame) -> FACTORY.equals(frame.getClassName()));
	}

}
