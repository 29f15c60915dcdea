package io.github.etcdspring.console;

import java.security.Principal;
import java.util.Collection;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.web.servlet.function.ServerRequest;

/**
 * Access with the roles of the users that Spring Security has authenticated.
 */
final class AuthenticatedAccess implements Access {

	private final EtcdConsoleProperties properties;

	AuthenticatedAccess(EtcdConsoleProperties properties) {
		this.properties = properties;
	}

	@Override
	public User user(ServerRequest request) {
		Principal principal = request.principal().orElse(null);
		return (principal instanceof Authentication authentication)
				? new User(authentication.getName(), role(authentication)) : new User("anonymous", null);
	}

	@Nullable Role role(@Nullable Authentication authentication) {
		if (authentication == null || !authentication.isAuthenticated()) {
			return null;
		}
		Collection<String> granted = authentication.getAuthorities()
			.stream()
			.map(GrantedAuthority::getAuthority)
			.toList();
		if (hasAny(granted, this.properties.operatorAuthorities())) {
			return Role.OPERATOR;
		}
		if (hasAny(granted, this.properties.editorAuthorities())) {
			return Role.EDITOR;
		}
		return (hasAny(granted, this.properties.viewerAuthorities())) ? Role.VIEWER : null;
	}

	private static boolean hasAny(Collection<@Nullable String> granted, List<String> authorities) {
		return authorities.stream().anyMatch(granted::contains);
	}

}
