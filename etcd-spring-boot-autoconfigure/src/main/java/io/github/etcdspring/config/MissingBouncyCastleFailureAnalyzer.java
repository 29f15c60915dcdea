package io.github.etcdspring.config;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.util.ClassUtils;

/**
 * Explains what decryption with an RSA key lacks where only this starter brings Spring
 * Cloud: it leaves out Bouncy Castle, without which Spring Cloud fails with a
 * {@link NullPointerException} or a {@link NoClassDefFoundError}.
 */
final class MissingBouncyCastleFailureAnalyzer implements FailureAnalyzer {

	private static final String FACTORY = "org.springframework.cloud.context.encrypt.EncryptorFactory";

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		if (ClassUtils.isPresent("org.bouncycastle.asn1.ASN1Sequence", null)) {
			return null;
		}
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (Arrays.stream(cause.getStackTrace()).anyMatch((frame) -> FACTORY.equals(frame.getClassName()))) {
				return new FailureAnalysis(
						"Values of the configuration are to be decrypted with an RSA key, of encrypt.key-store or in"
								+ " encrypt.key, and Bouncy Castle, which that needs, is missing.",
						"Add the dependency org.springframework.cloud:spring-cloud-starter, which brings it, or use a"
								+ " symmetric key.",
						cause);
			}
		}
		return null;
	}

}
