package io.github.etcdspring.rollout;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.config.RolloutChanges;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.operations.ConfigChange;
import org.jspecify.annotations.Nullable;

/**
 * A rollout as it is in etcd: one key in each directory of the changed keys. Each has all
 * fields, but only the changes of its own directory.
 *
 * @param id id of the rollout
 * @param author who has started it
 * @param comment why
 * @param directories directories of all changed keys, sorted
 * @param changes the changes
 * @param steps the steps
 * @param checks what the instances check
 * @param step number of the current step, 0 before the first one
 * @param targets the instances that apply the changes, as {@code service/instance}
 * @param stopped why the rollout is stopped, {@code null} if it is not
 */
record Rollout(String id, String author, String comment, List<String> directories, List<Change> changes,
		List<RolloutStep> steps, List<RolloutCheck> checks, int step, Set<String> targets, @Nullable String stopped) {

	Rollout {
		directories = List.copyOf(directories);
		changes = List.copyOf(changes);
		steps = List.copyOf(steps);
		checks = List.copyOf(checks);
		targets = Set.copyOf(targets);
	}

	static Rollout of(String id, RolloutPlan plan, List<Change> changes) {
		Set<String> directories = new TreeSet<>();
		changes.forEach((change) -> directories.add(Proposal.directory(change.key())));
		return new Rollout(id, plan.author(), plan.comment(), List.copyOf(directories), changes, plan.steps(),
				plan.checks(), 0, Set.of(), null);
	}

	/** Name of an instance among the targets. */
	static String name(FleetInstance instance) {
		return instance.service() + "/" + instance.instance();
	}

	Rollout advancedTo(int next, Set<String> nextTargets) {
		return new Rollout(this.id, this.author, this.comment, this.directories, this.changes, this.steps, this.checks,
				next, nextTargets, null);
	}

	Rollout stoppedFor(String reason) {
		return new Rollout(this.id, this.author, this.comment, this.directories, this.changes, this.steps, this.checks,
				this.step, this.targets, reason);
	}

	/** Keys of the parts, in the order of the directories. */
	List<ByteSequence> keys() {
		return this.directories.stream().map(RolloutChanges::changesKey).toList();
	}

	ByteSequence driverKey() {
		return RolloutChanges.driverKey(this.directories.get(0));
	}

	boolean concerns(FleetInstance instance) {
		return this.changes.stream().anyMatch((change) -> instance.imports(change.key()));
	}

	RolloutStatus status() {
		return new RolloutStatus(this.id, this.author, this.comment, this.changes.stream().map(Change::key).toList(),
				this.step, this.steps.size(), this.targets.stream().sorted().toList());
	}

	/**
	 * Write a part.
	 * @param directory the directory of the part
	 * @return the value of its key
	 */
	ByteSequence write(String directory) {
		ObjectNode json = new ObjectMapper().createObjectNode();
		json.put("id", this.id).put("author", this.author).put("comment", this.comment);
		if (this.stopped != null) {
			json.put("stopped", this.stopped);
		}
		json.put("step", this.step);
		ArrayNode all = json.putArray("targets");
		this.targets.stream().sorted().forEach(all::add);
		ArrayNode own = json.putArray("changes");
		this.changes.stream()
			.filter((change) -> Proposal.directory(change.key()).equals(directory))
			.forEach((change) -> change.write(own.addObject()));
		ArrayNode planned = json.putArray("steps");
		this.steps.forEach((each) -> write(each, planned.addObject()));
		ArrayNode checked = json.putArray("checks");
		this.checks.forEach((each) -> write(each, checked.addObject()));
		ArrayNode parts = json.putArray("directories");
		this.directories.forEach(parts::add);
		return ByteSequence.from(json.toString(), StandardCharsets.UTF_8);
	}

	private static void write(RolloutStep step, ObjectNode json) {
		json.put("percent", step.target().percent()).put("watch", step.watch().toString());
		write(step.target().zones(), json, "zones");
		write(step.target().versions(), json, "versions");
		write(step.target().instances(), json, "instances");
	}

	private static void write(Set<String> texts, ObjectNode json, String field) {
		if (!texts.isEmpty()) {
			ArrayNode array = json.putArray(field);
			texts.stream().sorted().forEach(array::add);
		}
	}

	private static void write(RolloutCheck check, ObjectNode json) {
		if (check.healthGroup() != null) {
			json.put("health", check.healthGroup());
		}
		else {
			json.put("meter", check.meter()).put("max", check.max());
		}
	}

	/**
	 * Read a part.
	 * @param value the value of its key
	 * @return the rollout with the changes of the part, {@code null} if the value is
	 * invalid
	 */
	static @Nullable Rollout read(ByteSequence value) {
		try {
			JsonNode json = new ObjectMapper().readTree(value.toString(StandardCharsets.UTF_8));
			List<Change> changes = new ArrayList<>();
			json.path("changes").forEach((change) -> changes.add(Change.read(change)));
			List<RolloutStep> steps = new ArrayList<>();
			json.path("steps").forEach((step) -> steps.add(readStep(step)));
			List<RolloutCheck> checks = new ArrayList<>();
			json.path("checks")
				.forEach((check) -> checks
					.add(new RolloutCheck(text(check, "health"), text(check, "meter"), check.path("max").asDouble())));
			String id = json.path("id").asText();
			List<String> directories = texts(json, "directories");
			return (id.isEmpty() || directories.isEmpty()) ? null
					: new Rollout(id, json.path("author").asText(), json.path("comment").asText(), directories, changes,
							steps, checks, json.path("step").asInt(), Set.copyOf(new HashSet<>(texts(json, "targets"))),
							text(json, "stopped"));
		}
		catch (JsonProcessingException | DateTimeParseException | IllegalArgumentException ex) {
			// not used as the cause, as it may quote the value
			return null;
		}
	}

	private static RolloutStep readStep(JsonNode json) {
		return new RolloutStep(
				new RolloutTarget(json.path("percent").asInt(), new HashSet<>(texts(json, "zones")),
						new HashSet<>(texts(json, "versions")), new HashSet<>(texts(json, "instances"))),
				Duration.parse(json.path("watch").asText()));
	}

	private static @Nullable String text(JsonNode json, String field) {
		JsonNode value = json.get(field);
		return (value != null) ? value.asText() : null;
	}

	private static List<String> texts(JsonNode json, String field) {
		List<String> texts = new ArrayList<>();
		json.path(field).forEach((text) -> texts.add(text.asText()));
		return texts;
	}

	/**
	 * Merge the parts of a rollout.
	 * @param parts the parts
	 * @return the rollout with all changes, {@code null} if a part is missing or belongs
	 * to another rollout
	 */
	static @Nullable Rollout merge(Collection<Rollout> parts) {
		Rollout first = parts.stream().findFirst().orElse(null);
		if (first == null || parts.size() != first.directories.size()
				|| !parts.stream().allMatch((part) -> part.id.equals(first.id))) {
			return null;
		}
		return new Rollout(first.id, first.author, first.comment, first.directories,
				parts.stream().flatMap((part) -> part.changes.stream()).toList(), first.steps, first.checks, first.step,
				first.targets, first.stopped);
	}

	/** Omit the values, which may be secrets. */
	@Override
	public String toString() {
		return "Rollout[" + this.id + "]";
	}

	/**
	 * Change of a key.
	 *
	 * @param key the key
	 * @param value the value, {@code null} to delete the key
	 * @param revision revision that the key must be at
	 */
	record Change(String key, @Nullable String value, long revision) {

		ConfigChange toChange() {
			ConfigChange change = (this.value != null) ? ConfigChange.put(this.key, this.value)
					: ConfigChange.delete(this.key);
			return change.ifRevision(this.revision);
		}

		void write(ObjectNode json) {
			json.put("key", this.key).put("revision", this.revision);
			if (this.value != null) {
				json.put("value", this.value);
			}
		}

		static Change read(JsonNode json) {
			return new Change(json.path("key").asText(), text(json, "value"), json.path("revision").asLong());
		}

		@Override
		public String toString() {
			return this.key;
		}

	}

}
