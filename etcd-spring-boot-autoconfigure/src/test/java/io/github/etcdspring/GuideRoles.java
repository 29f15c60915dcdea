package io.github.etcdspring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Reads the roles of the operations guide from its tables and commands.
 */
final class GuideRoles {

	private static final Path PAGE = Path.of("../docs/operations.md");

	private static final Path SECURITY = Path.of("../docs/security.md");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	private static final Pattern GRANT = Pattern
		.compile("role grant-permission (\\S+) --prefix=true (read|readwrite) (\\S+)");

	private GuideRoles() {
	}

	/**
	 * Return the roles of the table.
	 * @return the permissions by role, in the order of the table
	 */
	static Map<String, Set<Permission>> roles() {
		Map<String, Set<Permission>> roles = new LinkedHashMap<>();
		for (String[] row : rows(PAGE, "| role | permits to | permissions |")) {
			roles.put(code(row[1]).get(0),
					code(row[3]).stream()
						.map((permission) -> permission.split(" "))
						.map((permission) -> new Permission(permission[0].equals("readwrite"), permission[1]))
						.collect(Collectors.toSet()));
		}
		return roles;
	}

	/**
	 * Return the roles of a user of the table.
	 * @param user the beginning of its row
	 * @return the names of the roles
	 */
	static List<String> rolesOf(String user) {
		return rows(PAGE, "| user | roles |").stream()
			.filter((row) -> row[1].strip().startsWith(user))
			.map((row) -> code(row[2]))
			.findFirst()
			.orElseThrow();
	}

	/**
	 * Return the permissions that commands grant to a role.
	 * @param role the role
	 * @return the permissions
	 */
	static Set<Permission> granted(String role) {
		return GRANT.matcher(read(PAGE))
			.results()
			.filter((grant) -> grant.group(1).equals(role))
			.map((grant) -> new Permission(grant.group(2).equals("readwrite"), grant.group(3)))
			.collect(Collectors.toSet());
	}

	/**
	 * Return the permissions of an application on the page about security.
	 * @param application name of the application on that page
	 * @param other name to return instead
	 * @return the permissions
	 */
	static Set<Permission> ofSecurityPage(String application, String other) {
		return rows(SECURITY, "| permission | prefix | purpose |").stream()
			.flatMap((row) -> code(row[2]).stream()
				.map((prefix) -> new Permission(row[1].contains("readwrite"), prefix.replace(application, other))))
			.collect(Collectors.toSet());
	}

	/**
	 * Return the permissions of several roles.
	 * @param roles names of roles
	 * @return the permissions
	 */
	static Set<Permission> union(List<String> roles) {
		return roles.stream().flatMap((role) -> roles().get(role).stream()).collect(Collectors.toSet());
	}

	/**
	 * Create all roles, and a user of the same name for each.
	 * @param etcd an etcd without authentication
	 */
	static void create(EtcdServer etcd) {
		roles().forEach((role, permissions) -> {
			etcd.etcdctl("role", "add", role);
			permissions.forEach((permission) -> etcd.etcdctl("role", "grant-permission", role, "--prefix=true",
					(permission.write()) ? "readwrite" : "read", permission.prefix()));
			createUser(etcd, role, List.of(role));
		});
	}

	static void createUser(EtcdServer etcd, String user, List<String> roles) {
		etcd.etcdctl("user", "add", user + ":" + user);
		roles.forEach((role) -> etcd.etcdctl("user", "grant-role", user, role));
	}

	/**
	 * Return the prefixes of all roles.
	 * @return the prefixes
	 */
	static Set<String> prefixes() {
		return roles().values()
			.stream()
			.flatMap(Set::stream)
			.map(Permission::prefix)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static List<String[]> rows(Path file, String header) {
		String page = read(file);
		return page.substring(page.indexOf(header))
			.lines()
			.skip(2)
			.takeWhile((line) -> line.startsWith("|"))
			.map((line) -> line.split("\\|"))
			.toList();
	}

	private static List<String> code(String cell) {
		return CODE.matcher(cell).results().map((found) -> found.group(1)).toList();
	}

	private static String read(Path page) {
		try {
			return Files.readString(page);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Permission for the keys with a prefix.
	 *
	 * @param write whether it permits to write as well as to read
	 * @param prefix the prefix
	 */
	record Permission(boolean write, String prefix) {

		boolean permitsRead(String other) {
			return other.startsWith(this.prefix);
		}

		boolean permitsWrite(String other) {
			return this.write && permitsRead(other);
		}

	}

}
