package io.github.etcdspring.console;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import io.github.etcdspring.fleet.FleetInstance;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Instances by the configuration that they use.
 */
final class FleetApi implements Api {

	private final ContentMirror mirror;

	FleetApi(ContentMirror mirror) {
		this.mirror = mirror;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "fleet", Role.VIEWER, this::list);
	}

	private FleetPage list(Call call) throws InterruptedException {
		Content content = this.mirror.content(Topic.FLEET);
		List<FleetInstance> all = content.fleet().all();
		Newest newest = new Newest(content);
		List<FleetInstance> rejected = all.stream().filter((instance) -> instance.rejected() != null).toList();
		List<FleetInstance> behind = all.stream().filter(newest::isBehind).toList();
		Search search = Search.of(call);
		Predicate<FleetInstance> matches = (instance) -> search.matches(instance.service(), instance.instance(),
				instance.zone(), instance.version());
		List<FleetInstance> chosen = switch (call.param("state", "all")) {
			case "all" -> all;
			case "behind" -> behind;
			case "rejected" -> rejected;
			default -> throw new IllegalArgumentException("'state' must be all, behind or rejected");
		};
		Page<FleetItem> page = call.page(chosen.stream().filter(matches).toList(), 100,
				(instance) -> FleetItem.of(instance, newest.isBehind(instance)));
		return new FleetPage(page.total(), page.page(), page.size(), rejected.size(), behind.size(), page.items());
	}

	/**
	 * The newest revisions of the imported keys. A deleted key has none.
	 */
	private static final class Newest {

		private final Content content;

		private final Map<String, Long> revisions = new HashMap<>();

		Newest(Content content) {
			this.content = content;
		}

		/**
		 * Whether an instance does not use the newest configuration, because it has
		 * rejected it or not received it.
		 */
		boolean isBehind(FleetInstance instance) {
			return instance.appliedRevision() < instance.seenRevision()
					|| instance.imports().stream().anyMatch((prefix) -> revision(prefix) > instance.appliedRevision());
		}

		private long revision(String prefix) {
			return this.revisions.computeIfAbsent(prefix, this.content::newestRevision);
		}

	}

	/**
	 * A page of instances.
	 *
	 * @param total number of items of all pages
	 * @param page number of this page
	 * @param size maximum number of items of a page
	 * @param rejected number of all instances that have rejected the newest configuration
	 * @param behind number of all instances that do not use the newest configuration
	 * @param items the items of this page
	 */
	private record FleetPage(int total, int page, int size, int rejected, int behind, List<FleetItem> items) {

	}

	/**
	 * An instance.
	 *
	 * @param service name of the service
	 * @param instance id of the instance
	 * @param zone its zone
	 * @param version its version
	 * @param applied revision that it uses
	 * @param seen newest revision that it has received
	 * @param behind whether it does not use the newest configuration
	 * @param rejected why it does not use the newest revision, {@code null} if it does
	 */
	private record FleetItem(String service, String instance, @Nullable String zone, @Nullable String version,
			long applied, long seen, boolean behind, FleetState.@Nullable Rejection rejected) {

		static FleetItem of(FleetInstance instance, boolean behind) {
			FleetState state = FleetState.of(instance);
			return new FleetItem(instance.service(), instance.instance(), instance.zone(), instance.version(),
					state.applied(), state.seen(), behind, state.rejected());
		}

	}

}
