package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class ConfigRefreshTests {

	private static final Map<String, String> INITIAL = Map.of("app.limit", "5", "app.title", "first",
			"app.nested.timeout", "2s", "other.name", "a");

	@Test
	void environmentFollows() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("app.title", "second")).isTrue();
			assertThat(application.property("app.title")).isEqualTo("second");
			assertThat(application.status().appliedRevision()).isEqualTo(application.revision());
		}
	}

	@Test
	void beansWithSettersFollowWithoutBeingInitializedAgain() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			App app = application.bean(App.class);
			app.setTouched("by hand");
			Other other = application.bean(Other.class);
			application
				.put(Map.of("app.limit", "7", "app.nested.timeout", "3s", "app.hosts[0]", "h0", "app.labels.a", "A"));
			assertThat(app.getLimit()).isEqualTo(7);
			assertThat(app.getNested().getTimeout()).isEqualTo(Duration.ofSeconds(3));
			assertThat(app.getHosts()).containsExactly("h0");
			assertThat(app.getLabels()).containsExactly(Map.entry("a", "A"));
			assertThat(app.getTouched()).isEqualTo("by hand");
			assertThat(app.titles).isEqualTo(1);
			assertThat(other.names).isEqualTo(1);
		}
	}

	@Test
	void removedKeyLeavesTheDefault() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("app.labels.a", "A");
			application.remove("app.limit", "app.labels.a");
			assertThat(application.bean(App.class).getLimit()).isEqualTo(1);
			assertThat(application.bean(App.class).getLabels()).isEmpty();
			assertThat(application.events(EnvironmentChangeEvent.class)).last()
				.extracting(EnvironmentChangeEvent::getKeys)
				.isEqualTo(Set.of("app.limit", "app.labels.a"));
		}
	}

	@Test
	void valueThatCannotBeConvertedRejectsTheWholeChange(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put(Map.of("app.limit", "s3cret", "app.title", "second", "other.name", "b")))
				.isFalse();
			assertThat(application.property("app.title")).isEqualTo("first");
			assertThat(application.bean(App.class).getTitle()).isEqualTo("first");
			assertThat(application.bean(Other.class).getName()).isEqualTo("a");
			assertThat(application.status().appliedRevision()).isEqualTo(1);
			assertThat(application.status().seenRevision()).isEqualTo(2);
			ConfigurationStatus.Rejected rejected = application.status().rejected();
			assertThat(rejected.revision()).isEqualTo(2);
			assertThat(rejected.key()).isEqualTo("/config/orders/app/limit");
			assertThat(rejected.reason()).contains("app.limit", "revision 2", "cannot be converted to int");
			assertThat(application.events(EtcdConfigurationRejectedEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getReason()).isEqualTo(rejected.reason()));
			assertThat(application.events(EnvironmentChangeEvent.class)).isEmpty();
			application.put("unrelated", "x");
			assertThat(output).containsOnlyOnce("rejected").doesNotContain("s3cret");
			assertThat(rejected.reason()).doesNotContain("s3cret");
			assertThat(application.put("app.limit", "8")).isTrue();
			assertThat(application.status().rejected()).isNull();
			assertThat(application.bean(App.class).getTitle()).isEqualTo("second");
			assertThat(output).containsOnlyOnce("is valid again");
		}
	}

	@Test
	void outOfMemoryErrorDoesNotRejectAChange() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> application.put("other.name", "huge"));
			assertThat(application.bean(Other.class).getName()).isEqualTo("a");
			assertThat(application.property("other.name")).isEqualTo("a");
			assertThat(application.status().rejected()).isNull();
			assertThat(application.put("other.name", "b")).isTrue();
			assertThat(application.bean(Other.class).getName()).isEqualTo("b");
		}
	}

	@Test
	void valueThatIsNotValidIsRejected(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("other.name", "forbidden")).isFalse();
			assertThat(application.bean(Other.class).getName()).isEqualTo("a");
			assertThat(application.status().rejected().reason()).contains("other.name violates unwanted");
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/other/name");
			assertThat(output).doesNotContain("forbidden");
		}
	}

	@Test
	void nestedValueThatCannotBeConvertedIsRejected() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("app.nested.timeout", "soon")).isFalse();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/app/nested/timeout");
			assertThat(application.bean(App.class).getNested().getTimeout()).isEqualTo(Duration.ofSeconds(2));
		}
	}

	@Test
	void eventHasExactlyTheChangedKeys() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL,
				"--composed=${app.title} of ${random.uuid}", "--own.id=${random.uuid}", "--shadowed=x")) {
			application.put(Map.of("app.title", "second", "app.limit", "5", "shadowed", "y"));
			assertThat(application.events(EnvironmentChangeEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getKeys()).containsExactlyInAnyOrder("app.title", "composed"));
			assertThat(application.events(EtcdConfigurationAppliedEvent.class)).singleElement().satisfies((event) -> {
				assertThat(event.getRevision()).isEqualTo(2);
				assertThat(event.getKeys()).containsExactlyInAnyOrder("app.title", "composed");
			});
		}
	}

	@Test
	void revertOfARejectedChangeIsPublishedAsApplied() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("app.limit", "not a number");
			assertThat(application.events(EtcdConfigurationAppliedEvent.class)).isEmpty();
			application.put("app.limit", INITIAL.get("app.limit"));
			assertThat(application.events(EtcdConfigurationAppliedEvent.class)).singleElement().satisfies((event) -> {
				assertThat(event.getRevision()).isEqualTo(application.status().appliedRevision());
				assertThat(event.getKeys()).isEmpty();
			});
			assertThat(application.events(EnvironmentChangeEvent.class)).isEmpty();
		}
	}

	@Test
	void refreshPublishesTheEventOfSpringCloudCommons() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("app.title", "second");
			assertThat(application.events(RefreshScopeRefreshedEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getName()).isEqualTo(RefreshScopeRefreshedEvent.DEFAULT_NAME));
			application.put("app.limit", "not a number");
			application.put("app.limit", "5");
			assertThat(application.events(RefreshScopeRefreshedEvent.class)).hasSize(1);
		}
	}

	@Test
	void changeHiddenByAnotherSourceUpdatesNothing() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL, "--app.limit=9")) {
			assertThat(application.put("app.limit", "not a number")).isTrue();
			assertThat(application.events(EnvironmentChangeEvent.class)).isEmpty();
			assertThat(application.status().appliedRevision()).isEqualTo(2);
		}
	}

	@Test
	void propertyOfAnotherSourceFollowsItsPlaceholder() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL, "--app.host=${base}-host",
				"--base=${root:none}")) {
			assertThat(application.bean(App.class).getHost()).isEqualTo("none-host");
			application.put("root", "r");
			assertThat(application.bean(App.class).getHost()).isEqualTo("r-host");
		}
	}

	@Test
	void circularPlaceholdersAreRejected() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put(Map.of("one", "${two}", "two", "${one}"))).isFalse();
			assertThat(application.status().rejected().reason()).contains("circular placeholders");
		}
	}

	@Test
	void changesFromOtherSourcesResetNothing() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			App app = application.bean(App.class);
			app.setTouched("by hand");
			Map<String, Object> map = new HashMap<>(Map.of("app.title", "theirs", "their", "base"));
			application.context().getEnvironment().getPropertySources().addFirst(new MapPropertySource("theirs", map));
			application.context().publishEvent(new EnvironmentChangeEvent(application.context(), Set.of("app.title")));
			assertThat(app.getTitle()).isEqualTo("theirs");
			assertThat(app.getTouched()).isEqualTo("by hand");
			map.put("app.limit", "wrong");
			application.context().publishEvent(new EnvironmentChangeEvent(application.context(), Set.of("app.limit")));
			assertThat(app.getLimit()).isEqualTo(5);
			assertThat(application.bean(EtcdPropertiesRebinder.class).getErrors()).hasSize(1);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ App.class, Other.class })
	static class Application {

	}

	@ConfigurationProperties("app")
	static class App {

		private int titles;

		private int limit = 1;

		private String title = "none";

		private String host = "";

		private String touched = "";

		private Nested nested = new Nested();

		private List<String> hosts = new ArrayList<>();

		private final Map<String, String> labels = new HashMap<>();

		int getLimit() {
			return this.limit;
		}

		void setLimit(int limit) {
			this.limit = limit;
		}

		String getTitle() {
			return this.title;
		}

		void setTitle(String title) {
			this.title = title;
			this.titles++;
		}

		String getHost() {
			return this.host;
		}

		void setHost(String host) {
			this.host = host;
		}

		String getTouched() {
			return this.touched;
		}

		void setTouched(String touched) {
			this.touched = touched;
		}

		Nested getNested() {
			return this.nested;
		}

		void setNested(Nested nested) {
			this.nested = nested;
		}

		List<String> getHosts() {
			return this.hosts;
		}

		void setHosts(List<String> hosts) {
			this.hosts = hosts;
		}

		Map<String, String> getLabels() {
			return this.labels;
		}

	}

	static class Nested {

		private Duration timeout = Duration.ZERO;

		Duration getTimeout() {
			return this.timeout;
		}

		void setTimeout(Duration timeout) {
			this.timeout = timeout;
		}

	}

	@ConfigurationProperties("other")
	static class Other implements Validator {

		private int names;

		private String name = "";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			if (name.equals("huge")) {
				throw new OutOfMemoryError(name);
			}
			this.name = name;
			this.names++;
		}

		@Override
		public boolean supports(Class<?> type) {
			return type == Other.class;
		}

		@Override
		public void validate(Object target, Errors errors) {
			if (((Other) target).name.equals("forbidden")) {
				errors.rejectValue("name", "unwanted", "the name forbidden is");
			}
		}

	}

}
