package io.github.etcdspring.clinic.visits;

import java.util.List;

import org.springframework.data.jpa.repository.JpaRepository;

/**
 * Stores visits.
 */
interface VisitRepository extends JpaRepository<Visit, Long> {

	List<Visit> findByOwnerId(long ownerId);

}
