// Every area of messages is named here once, so that a key that does not exist does not compile.
import type admin from '../messages/admin.json';
import type alerts from '../messages/alerts.json';
import type common from '../messages/common.json';
import type claims from '../messages/claims.json';
import type figures from '../messages/figures.json';
import type hunt from '../messages/hunt.json';
import type incidents from '../messages/incidents.json';
import type organisations from '../messages/organisations.json';
import type picture from '../messages/picture.json';
import type problems from '../messages/problems.json';
import type rules from '../messages/rules.json';
import type sources from '../messages/sources.json';
import type signin from '../messages/signin.json';

export type Key =
  | keyof typeof admin
  | keyof typeof alerts
  | keyof typeof common
  | keyof typeof claims
  | keyof typeof figures
  | keyof typeof hunt
  | keyof typeof incidents
  | keyof typeof organisations
  | keyof typeof picture
  | keyof typeof problems
  | keyof typeof rules
  | keyof typeof sources
  | keyof typeof signin;
