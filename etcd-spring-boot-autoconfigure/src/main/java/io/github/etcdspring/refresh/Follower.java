package io.github.etcdspring.refresh;

/**
 * A part of the application that follows the configuration. It gets ready before anything
 * changes, and says then if it cannot follow.
 */
interface Follower {

	/**
	 * Get ready for a change that may yet be rejected.
	 * @param candidate the environment with the change
	 * @param changes what changes
	 * @return what to do when the change is in force; does not fail
	 * @throws RejectedCandidateException if the application cannot follow
	 */
	Runnable prepare(CandidateEnvironment candidate, Changes changes) throws RejectedCandidateException;

}
