package io.github.etcdspring.config;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

class InvalidConfigurationFailureAnalyzerTests {

	@Test
	void namesTheKeyAndTheCommandWithoutAnEnvironment() {
		FailureAnalysis analysis = new InvalidConfigurationFailureAnalyzer(null)
			.analyze(new IllegalStateException(InvalidConfigurationFailureAnalyzer.toStartupFailure(
					new RejectedConfigurationException(new KeyOrigin("/config/it's", 3), "is not valid"))));
		assertThat(analysis.getDescription()).contains("cannot be used", "/config/it's", "is not valid");
		assertThat(analysis.getAction()).endsWith("etcdctl get $'/config/it\\'s'");
	}

	@Test
	void namesTheReasonIfTheKeyIsUnknown() {
		FailureAnalysis analysis = new InvalidConfigurationFailureAnalyzer(null)
			.analyze(new RejectedConfigurationException(null, "is not valid"));
		assertThat(analysis.getDescription()).endsWith("is not valid");
		assertThat(analysis.getAction()).doesNotContain("etcdctl");
	}

	@Test
	@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void circularCausesEnd() {
		IllegalStateException one = new IllegalStateException("one");
		one.initCause(new IllegalStateException("two", one));
		assertThat(new InvalidConfigurationFailureAnalyzer(null).analyze(one)).isNull();
	}

	@Test
	void ignoresOtherFailures() {
		assertThat(new InvalidConfigurationFailureAnalyzer(new MockEnvironment())
			.analyze(new IllegalStateException("deliberate"))).isNull();
	}

}
