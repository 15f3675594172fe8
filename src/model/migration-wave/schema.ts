import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { text, Name, NamespacePattern, Metadata } from '../scalars.ts';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day such as 22:00');
const LocalTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/, 'a date such as 2026-12-24, or 2026-12-24T18:00');
const reason = text.max(500).exactOptional().describe('Reason; shown while the wave waits');

const Calendar = z.strictObject({
  timeZone: z.string().min(1).max(64).default('UTC').describe('IANA name of the zone all times are in'),
  allow: z
    .array(
      z.strictObject({
        days: z
          .array(z.enum(weekdays))
          .min(1)
          .max(7)
          .default([...weekdays])
          .describe('Days on which it opens'),
        from: ClockTime.default('00:00').describe('Opens'),
        to: ClockTime.default('24:00').describe('Closes; not after from = on the next day'),
      })
    )
    .max(50)
    .default([])
    .describe('Weekly windows in which runs may start; empty = always'),
  freeze: z
    .array(
      z.strictObject({
        from: LocalTime.describe('Start time, or first day'),
        to: LocalTime.describe('End time; a date = the end of that day'),
        reason,
      })
    )
    .max(100)
    .default([])
    .describe('Times in which nothing starts; takes precedence over allow'),
});

export const MigrationWave = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('MigrationWave'),
  metadata: Metadata,
  spec: z.strictObject({
    groups: z
      .array(
        z.strictObject({
          name: Name.describe('Name of the group'),
          migration: Name.describe('Name of a Migration: everything except its scope.namespaces and name is used'),
          namespaces: z
            .array(NamespacePattern)
            .min(1)
            .max(1000)
            .describe('Namespaces, in this order; those that match a wildcard are ordered by name'),
          excludeNamespaces: z.array(NamespacePattern).max(1000).default([]).describe('Namespaces to exclude'),
        })
      )
      .min(1)
      .max(100)
      .describe('One after the other: the next group starts when all runs of the previous one have ended'),
    concurrency: z
      .strictObject({
        total: z.int().min(1).max(100).default(8).describe('Runs at the same time'),
        perLink: z.int().min(1).max(100).default(4).describe('Of these, between the same two clusters'),
      })
      .prefault({})
      .describe('How many namespaces move at the same time'),
    stopOn: z
      .strictObject({
        failureRate: z
          .number()
          .min(0)
          .max(1)
          .default(0.2)
          .describe('Maximum share of failed runs; above it no more runs are started'),
        minimumEnded: z
          .int()
          .min(1)
          .max(1000)
          .default(5)
          .describe('Minimum number of ended runs before the share is evaluated'),
      })
      .prefault({})
      .describe('When to stop and wait for a person'),
    calendar: Calendar.exactOptional().describe(
      'When runs may start; a run that has started continues. Absent = always'
    ),
  }),
});
export type MigrationWave = z.infer<typeof MigrationWave>;
