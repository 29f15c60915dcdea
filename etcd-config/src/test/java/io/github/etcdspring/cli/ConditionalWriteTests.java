package io.github.etcdspring.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigWrite;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.WriteOutcome;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link ConditionalWrite}.
 */
class ConditionalWriteTests {

	private final EtcdConfigOperations operations = mock();

	private final ConfigWrite committed = mock();

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	private final ConditionalWrite write = new ConditionalWrite(this.operations,
			new Difference(List.of(new KeyChange("/a", null, "s3cret"), new KeyChange("/b", null, "2"))),
			new Console(new PrintWriter(this.out), new PrintWriter(this.err)));

	@Test
	void writesAllChangesInOneTransaction() {
		given(this.operations.write(any(ConfigChange[].class))).willReturn(this.committed);
		given(this.committed.revision()).willReturn(43L);
		assertThat(this.write.write(null)).isZero();
		ArgumentCaptor<ConfigChange[]> changes = ArgumentCaptor.captor();
		then(this.operations).should().write(changes.capture());
		assertThat(changes.getValue()).extracting(Object::toString)
			.containsExactly("put /a at revision 0", "put /b at revision 0");
		assertThat(this.out).hasToString("written at revision 43" + System.lineSeparator());
		then(this.committed).should(never()).await(any());
	}

	@Test
	void reportsThatNoInstanceImportsTheKeys() {
		given(this.operations.write(any(ConfigChange[].class))).willReturn(this.committed);
		given(this.committed.await(Duration.ofSeconds(5)))
			.willReturn(new WriteOutcome(List.of(), List.of(), List.of()));
		assertThat(this.write.write(Duration.ofSeconds(5))).isEqualTo(1);
		assertThat(this.err.toString()).contains("No live instance imports the keys");
	}

}
