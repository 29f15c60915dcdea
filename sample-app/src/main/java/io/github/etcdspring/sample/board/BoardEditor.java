package io.github.etcdspring.sample.board;

import java.util.List;
import java.util.Objects;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigEntry;
import io.github.etcdspring.operations.ConfigVersion;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Reads and writes configuration keys for the board. Writes are conditional on the
 * revision that the board has shown.
 */
@RestController
@RequestMapping("/board/configuration")
@Profile("consumer")
@ConditionalOnBooleanProperty("board.editing")
final class BoardEditor {

	private final EtcdConfigOperations etcd;

	private final EditableKeys keys;

	BoardEditor(EtcdConfigOperations etcd, EditableKeys keys) {
		this.etcd = etcd;
		this.keys = keys;
	}

	@GetMapping
	KeyContent open(@RequestParam String key) {
		check(key);
		ConfigEntry entry = this.etcd.find(key);
		List<ConfigVersion> versions = this.etcd.history(key);
		return (entry != null) ? new KeyContent(key, entry.value(), entry.revision(), versions)
				: new KeyContent(key, null, 0, versions);
	}

	@PutMapping
	Written write(@RequestBody Change change) {
		check(change.key());
		return new Written(write(change.key(), change.value(), change.revision()));
	}

	@PostMapping("/restore")
	Written restore(@RequestBody RestoreRequest restoration) {
		check(restoration.key());
		ConfigVersion version = this.etcd.history(restoration.key())
			.stream()
			.filter((candidate) -> candidate.revision() == restoration.version())
			.findFirst()
			.orElseThrow(() -> new ResponseStatusException(HttpStatus.GONE, "Revision " + restoration.version() + " of "
					+ restoration.key() + " does not exist or has been compacted"));
		return new Written(write(restoration.key(), version.value(), restoration.revision()));
	}

	private long write(String key, @Nullable String value, long revision) {
		ConfigChange change = (value != null) ? ConfigChange.put(key, value) : ConfigChange.delete(key);
		return this.etcd.write(change.ifRevision(revision)).revision();
	}

	private void check(@Nullable String key) {
		if (!this.keys.isEditable(Objects.requireNonNullElse(key, ""))) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST,
					"Only keys below " + this.keys.prefix() + " can be read and edited here");
		}
	}

	@ExceptionHandler
	ProblemDetail conflict(EtcdConfigConflictException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, String.valueOf(ex.getMessage()));
	}

	@ExceptionHandler
	ProblemDetail etcdFailure(EtcdConfigException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_GATEWAY, String.valueOf(ex.getMessage()));
	}

	@ExceptionHandler
	ProblemDetail invalidRequest(IllegalArgumentException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(ex.getMessage()));
	}

	/**
	 * The content of a key.
	 *
	 * @param key the key
	 * @param value its value, {@code null} if it does not exist
	 * @param revision revision of the last put, 0 if it does not exist
	 * @param versions its earlier versions, newest first
	 */
	record KeyContent(String key, @Nullable String value, long revision, List<ConfigVersion> versions) {

	}

	/**
	 * A request to change a key.
	 *
	 * @param key the key
	 * @param value the new value, {@code null} to delete the key
	 * @param revision revision shown by the board
	 */
	record Change(@Nullable String key, @Nullable String value, long revision) {

		@Override
		public String key() {
			return Objects.requireNonNullElse(this.key, "");
		}

	}

	/**
	 * A request to restore an earlier version of a key.
	 *
	 * @param key the key
	 * @param version revision to restore
	 * @param revision revision shown by the board
	 */
	record RestoreRequest(@Nullable String key, long version, long revision) {

		@Override
		public String key() {
			return Objects.requireNonNullElse(this.key, "");
		}

	}

	/**
	 * Response to a successful write.
	 *
	 * @param revision revision of the write
	 */
	record Written(long revision) {

	}

}
