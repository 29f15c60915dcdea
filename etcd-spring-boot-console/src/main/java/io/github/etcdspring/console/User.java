package io.github.etcdspring.console;

import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The user of a request.
 *
 * @param name name of the user, the author of his changes
 * @param role his highest role, {@code null} if he has none
 */
record User(String name, @Nullable Role role) {

	boolean has(Role required) {
		return this.role != null && this.role.compareTo(required) >= 0;
	}

	List<Role> roles() {
		return Arrays.stream(Role.values()).filter(this::has).toList();
	}

}
